// Makes one file of each program and all that it imports, and the launcher, into the compiled tree that is named:
//   node scripts/bundle.mjs FOLDER
// Loading some 500 modules takes half a second. The modules stay beside it for programs that import a room, and
// for workers, which are files of their own. It is CommonJS, because V8 takes code that it compiled before for
// scripts alone; src/cli/load-program.ts loads it.
import { createHash } from "node:crypto";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { rolldown } from "rolldown";

const root = path.dirname(import.meta.dirname);
const source = path.join(root, "src");
const folder = path.join(path.resolve(process.argv[2]), "cli");

/** Packages that start threads or processes from files of their own. */
const EXTERNAL = ["z3-solver", "piscina"];

/** A module that asks where it is gets the place of its own file, not of the bundle. */
const ownPlaces = {
  name: "own-places",
  transform: {
    filter: { code: "import.meta.url" },
    handler(code, id) {
      if (!id.startsWith(source + path.sep)) return null;
      const own = path
        .relative(path.join(source, "cli"), id)
        .replaceAll(path.sep, "/")
        .replace(/\.ts$/, ".js");
      const relative = own.startsWith(".") ? own : `./${own}`;
      const moved = `new URL("${relative}", import.meta.url).href`;
      // No line moves; a map of columns is not worth its code.
      return { code: code.replaceAll("import.meta.url", moved), map: null };
    },
  },
};

/** Text that is ASCII alone is read without decoding, and kept in half the memory. */
const ascii = (text) =>
  text.replaceAll(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/**
 * Bundles a module of src/cli into a file beside the others. `lean`: modules of which nothing is used are left out,
 * though they do something when they are loaded; that is to fill what they export.
 */
const write = async (module, file, { lean = false } = {}) => {
  const bundle = await rolldown({
    input: path.join(source, "cli", module),
    platform: "node",
    external: (id) => EXTERNAL.some((name) => id === name || id.startsWith(`${name}/`)),
    resolve: {
      extensionAlias: { ".js": [".ts", ".js"] },
      // The build for Node looks for worker threads when it is loaded; nothing here asks it for any.
      alias: { fflate: "fflate/browser" },
    },
    plugins: [ownPlaces],
    ...(lean && { treeshake: { moduleSideEffects: false } }),
  });
  await bundle.write({
    file,
    format: "cjs",
    // What modules are without saying so.
    strict: true,
    sourcemap: true,
    codeSplitting: false,
  });
  await bundle.close();
};
/** The same for a program, which ends with what its text before that hashes to. */
const writeProgram = async (name, options) => {
  const file = path.join(folder, `${name}.cjs`);
  await write(`${name}.ts`, file, options);
  // An escape changes columns behind it, of a few lines; what it stands in is a string or a comment.
  const text = `${ascii(readFileSync(file, "utf8"))}\n`;
  const digest = createHash("sha256").update(text).digest("hex");
  writeFileSync(file, `${text}// sha256 ${digest}\n`);
};
await writeProgram("program");
await writeProgram("guest-program", { lean: true });
const launcher = path.join(folder, "main.cjs");
await write("main.ts", launcher);
chmodSync(launcher, 0o755);
