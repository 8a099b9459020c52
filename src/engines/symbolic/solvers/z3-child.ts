/**
 * The program of the process in which the npm package z3-solver runs; a text, because it has to run alike from the
 * sources, the build and a bundle. It reads with `solver_from_string` and asks with `solver_check`: the package's evaluator
 * of scripts was seen to misread valid files. Each query gets a context of its own, so that an answer depends on the
 * query alone and its memory is given back.
 *
 * A message in is { id, text, logic }, one out { id, answer, values | why } or { version } or { id, error }. `values` are
 * decimal numbers of constants by name.
 */
export const Z3_CHILD = String.raw`
"use strict";
const { init } = require(process.argv[1]);
init().then(({ Z3, em }) => {
  Z3.global_param_set("memory_max_size", "1024");
  const valuesOf = (context, model) => {
    const values = {};
    for (let i = 0; i < Z3.model_get_num_consts(context, model); i++) {
      const declaration = Z3.model_get_const_decl(context, model, i);
      const name = Z3.get_symbol_string(context, Z3.get_decl_name(context, declaration));
      const value = Z3.model_get_const_interp(context, model, declaration);
      if (value === null) continue;
      const truth = Z3.get_bool_value(context, value);
      if (truth !== 0) values[name] = truth === 1 ? "1" : "0";
      else if (Z3.is_numeral_ast(context, value)) values[name] = Z3.get_numeral_string(context, value);
    }
    return values;
  };
  const ask = async ({ id, text, logic }) => {
    const config = Z3.mk_config();
    const context = Z3.mk_context_rc(config);
    Z3.del_config(config);
    try {
      const solver = Z3.mk_solver_for_logic(context, Z3.mk_string_symbol(context, logic));
      Z3.solver_inc_ref(context, solver);
      Z3.solver_from_string(context, solver, text);
      const answer = await Z3.solver_check(context, solver);
      if (answer === -1) return { id, answer: "unsat" };
      if (answer !== 1) return { id, answer: "unknown", why: Z3.solver_get_reason_unknown(context, solver) };
      const model = Z3.solver_get_model(context, solver);
      Z3.model_inc_ref(context, model);
      return { id, answer: "sat", values: valuesOf(context, model) };
    } finally {
      Z3.del_context(context);
    }
  };
  process.on("message", (message) => {
    ask(message).then(
      (result) => process.send(result),
      (error) => process.send({ id: message.id, error: String(error && error.message) }),
    );
  });
  process.on("disconnect", () => process.exit(0));
  process.send({ version: Z3.get_full_version() });
});
`;
