/*
 * What a checker on Unicorn would do for one case: restore all registers and the memory that may have changed, set
 * the case's registers, run the call, read all registers and that memory back and compare. Prints cases a second.
 *
 *   unicorn-loop CASES PAGES WORD...
 *
 * The words are A32 instructions, put at CODE; r6 points at the pages, of which the call changes PAGES.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unicorn/unicorn.h>

#define CODE 0x40100000u
#define DATA 0x40200000u
#define PAGE 0x1000u
#define MOST_PAGES 64

static const int REGISTERS[] = {
    UC_ARM_REG_R0, UC_ARM_REG_R1, UC_ARM_REG_R2,  UC_ARM_REG_R3,  UC_ARM_REG_R4,  UC_ARM_REG_R5,
    UC_ARM_REG_R6, UC_ARM_REG_R7, UC_ARM_REG_R8,  UC_ARM_REG_R9,  UC_ARM_REG_R10, UC_ARM_REG_R11,
    UC_ARM_REG_R12, UC_ARM_REG_SP, UC_ARM_REG_LR, UC_ARM_REG_PC, UC_ARM_REG_CPSR};
#define COUNT ((int)(sizeof REGISTERS / sizeof *REGISTERS))

static void check(uc_err error, const char *what) {
  if (error == UC_ERR_OK) return;
  fprintf(stderr, "unicorn-loop: %s: %s\n", what, uc_strerror(error));
  exit(1);
}

int main(int argc, char **argv) {
  if (argc < 4) {
    fprintf(stderr, "usage: unicorn-loop CASES PAGES WORD...\n");
    return 2;
  }
  long cases = atol(argv[1]);
  int pages = atoi(argv[2]);
  uint32_t code[256];
  int words = 0;
  for (int i = 3; i < argc && words < 256; i++) code[words++] = (uint32_t)strtoul(argv[i], NULL, 16);

  uc_engine *uc;
  check(uc_open(UC_ARCH_ARM, UC_MODE_ARM, &uc), "open");
  check(uc_mem_map(uc, CODE, PAGE, UC_PROT_ALL), "map");
  check(uc_mem_map(uc, DATA, PAGE * MOST_PAGES, UC_PROT_ALL), "map");
  check(uc_mem_write(uc, CODE, code, 4 * (size_t)words), "write");
  static uint8_t base[PAGE * MOST_PAGES], found[PAGE * MOST_PAGES];
  check(uc_mem_write(uc, DATA, base, sizeof base), "write");
  uint32_t r6 = DATA;
  check(uc_reg_write(uc, UC_ARM_REG_R6, &r6), "set");
  uc_context *saved;
  check(uc_context_alloc(uc, &saved), "context");
  check(uc_context_save(uc, saved), "save");

  uint32_t values[COUNT], expected[COUNT];
  void *places[COUNT];
  for (int i = 0; i < COUNT; i++) places[i] = &values[i];
  long different = 0;
  struct timespec begin, end;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
  for (long n = 0; n < cases; n++) {
    check(uc_context_restore(uc, saved), "restore");
    check(uc_mem_write(uc, DATA, base, PAGE * (size_t)pages), "restore");
    uint32_t r0 = 0, r5 = (uint32_t)n;
    check(uc_reg_write(uc, UC_ARM_REG_R0, &r0), "set");
    check(uc_reg_write(uc, UC_ARM_REG_R5, &r5), "set");
    check(uc_emu_start(uc, CODE, CODE + 4 * (uint64_t)words, 0, 0), "run");
    check(uc_reg_read_batch(uc, (int *)REGISTERS, places, COUNT), "read");
    check(uc_mem_read(uc, DATA, found, PAGE * (size_t)pages), "read");
    if (n > 0 && memcmp(values, expected, sizeof values) != 0) different++;
    if (memcmp(found, base, PAGE * (size_t)pages) != 0) different++;
    memcpy(expected, values, sizeof values);
  }
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
  double seconds = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
  if (different == 0) {
    fprintf(stderr, "unicorn-loop: the comparison saw nothing\n");
    return 1;
  }
  printf("%.0f\n", (double)cases / seconds);
  return 0;
}
