// Checks the arrows between rooms: rooms.json is the one place that states them.
// node scripts/layers.mjs [SOURCE [ROOMS.JSON]]
// Tests may reach into any room. Cycles count at run time only: an import of types leaves no trace.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { root } from "./setup.mjs";

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^;]*?from\s*["']([^"']+)["']|(?:^|\n)\s*import\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/g;

/** Violations in a source tree; `rooms` maps a room to the rooms it may import. */
const findViolations = (source, rooms) => {
  const violations = [];
  const graph = new Map();
  const files = readdirSync(source, { recursive: true })
    .map(String)
    .filter((f) => f.endsWith(".ts"));
  for (const file of files) {
    const room = file.split(path.sep)[0];
    if (!(room in rooms)) {
      violations.push(`${file}: room ${room} is not in rooms.json`);
      continue;
    }
    const isTest = file.endsWith(".test.ts") || file.includes(`${path.sep}testing${path.sep}`);
    const targets = [];
    for (const match of readFileSync(path.join(source, file), "utf8").matchAll(IMPORT)) {
      const specifier = match[1] ?? match[2] ?? match[3];
      if (!specifier.startsWith(".")) continue;
      const target = path
        .normalize(path.join(path.dirname(file), specifier))
        .replace(/\.js$/, ".ts");
      const other = target.split(path.sep)[0];
      if (other === room) {
        // A type-only import leaves no trace in the program.
        if (!isTest && !/(?:import|export)\s+type\s/.test(match[0])) targets.push(target);
        continue;
      }
      if (isTest && !(other in rooms)) continue;
      if (!rooms[room].includes(other) && !isTest)
        violations.push(`${file} imports ${target}: ${room} may not import ${other}`);
      if (target !== path.join(other, "index.ts") && !isTest)
        violations.push(`${file} imports ${target}: a room is entered by its index.ts`);
    }
    graph.set(file, targets);
  }
  return { modules: files.length, violations: [...violations, ...cycles(graph)] };
};

const cycles = (graph) => {
  const found = [];
  const state = new Map();
  const visit = (file, trail) => {
    if (state.get(file) === 2) return;
    if (state.get(file) === 1) {
      found.push(`cycle: ${[...trail.slice(trail.indexOf(file)), file].join(" -> ")}`);
      return;
    }
    state.set(file, 1);
    for (const next of graph.get(file) ?? []) visit(next, [...trail, file]);
    state.set(file, 2);
  };
  for (const file of graph.keys()) visit(file, []);
  return found;
};

const [source = path.join(root, "src"), table = path.join(root, "rooms.json")] =
  process.argv.slice(2);
const { modules, violations } = findViolations(source, JSON.parse(readFileSync(table, "utf8")));
// Every room has a door and something behind it: fewer modules than that were not really read.
const present = readdirSync(source, { withFileTypes: true }).filter((e) => e.isDirectory()).length;
if (modules === 0 || modules <= present)
  violations.push(`${modules} modules were read in ${present} rooms: expected more`);
for (const v of violations) console.error(v);
console.log(`layers: ${modules} modules read, ${violations.length} violations`);
process.exitCode = violations.length > 0 ? 1 : 0;
