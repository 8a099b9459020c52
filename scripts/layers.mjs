// Checks the arrows between rooms: rooms.json is the one place that states them. No file may lead back to itself.
// node scripts/layers.mjs [SOURCE [ROOMS.JSON [FOLDER...]]]; files in the FOLDERs may be in no circle either
// Tests may reach into any room. Circles of types count too: two files that need each other are one concept.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { root } from "./setup.mjs";

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^;]*?from\s*["']([^"']+)["']|(?:^|\n)\s*import\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/g;

/** Files below a folder, each with the files that it imports, by paths from there. */
const importsBelow = (folder) =>
  readdirSync(folder, { recursive: true })
    .map(String)
    .filter((file) => /\.(?:ts|mjs)$/.test(file))
    .sort()
    .map((file) => {
      const text = readFileSync(path.join(folder, file), "utf8");
      const targets = [...text.matchAll(IMPORT)]
        .map((match) => match[1] ?? match[2] ?? match[3])
        .filter((specifier) => specifier.startsWith("."))
        .map((specifier) =>
          path.normalize(path.join(path.dirname(file), specifier)).replace(/\.js$/, ".ts"),
        );
      return { file, targets };
    });

/** Violations in a source tree; `rooms` maps a room to the rooms it may import. */
const findViolations = (files, rooms) => {
  const violations = [];
  for (const { file, targets } of files) {
    const room = file.split(path.sep)[0];
    if (!(room in rooms)) {
      violations.push(`${file}: room ${room} is not in rooms.json`);
      continue;
    }
    const isTest = file.endsWith(".test.ts") || file.includes(`${path.sep}testing${path.sep}`);
    if (isTest) continue;
    for (const target of targets) {
      const other = target.split(path.sep)[0];
      if (other === room) continue;
      if (!rooms[room].includes(other))
        violations.push(`${file} imports ${target}: ${room} may not import ${other}`);
      if (target !== path.join(other, "index.ts"))
        violations.push(`${file} imports ${target}: a room is entered by its index.ts`);
    }
  }
  return violations;
};

/** The circles that files make with each other. */
const circles = (files) => {
  const graph = new Map(files.map(({ file, targets }) => [file, targets]));
  const found = [];
  const state = new Map();
  const visit = (file, trail) => {
    if (state.get(file) === 2) return;
    if (state.get(file) === 1) {
      found.push(`circle: ${[...trail.slice(trail.indexOf(file)), file].join(" -> ")}`);
      return;
    }
    state.set(file, 1);
    for (const next of graph.get(file) ?? []) visit(next, [...trail, file]);
    state.set(file, 2);
  };
  for (const file of graph.keys()) visit(file, []);
  return found;
};

const [source = path.join(root, "src"), table = path.join(root, "rooms.json"), ...named] =
  process.argv.slice(2);
const others =
  process.argv.length > 2 ? named : ["test", "bench", "scripts"].map((f) => path.join(root, f));
const files = importsBelow(source);
const modules = files.length;
const violations = [
  ...findViolations(files, JSON.parse(readFileSync(table, "utf8"))),
  ...circles(files),
  ...others.flatMap((folder) => circles(importsBelow(folder))),
];
// Every room has a door and something behind it: fewer modules than that were not really read.
const present = readdirSync(source, { withFileTypes: true }).filter((e) => e.isDirectory()).length;
if (modules === 0 || modules <= present)
  violations.push(`${modules} modules were read in ${present} rooms: expected more`);
for (const v of violations) console.error(v);
console.log(`layers: ${modules} modules read, ${violations.length} violations`);
process.exitCode = violations.length > 0 ? 1 : 0;
