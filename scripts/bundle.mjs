// Makes one file of the command line and all that it imports, into the compiled tree that is named:
//   node scripts/bundle.mjs FOLDER
// Loading some 500 modules takes half a second. The modules stay beside it for programs that import a room, and
// for workers, which are files of their own.
import { chmodSync } from "node:fs";
import path from "node:path";
import { rolldown } from "rolldown";

const root = path.dirname(import.meta.dirname);
const source = path.join(root, "src");
const output = path.join(path.resolve(process.argv[2]), "cli", "main.js");

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

const bundle = await rolldown({
  input: path.join(source, "cli", "main.ts"),
  platform: "node",
  external: (id) => EXTERNAL.some((name) => id === name || id.startsWith(`${name}/`)),
  resolve: { extensionAlias: { ".js": [".ts", ".js"] } },
  plugins: [ownPlaces],
});
await bundle.write({
  file: output,
  format: "esm",
  sourcemap: true,
  codeSplitting: false,
});
await bundle.close();
chmodSync(output, 0o755);
