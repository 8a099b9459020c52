// A vitest reporter: writes each skipped test and its reason to the file named by HYPLAB_SKIPPED_FILE.
// The JSON reporter leaves the note of ctx.skip(note) out.
import { writeFileSync } from "node:fs";

/** The reason is the note of ctx.skip(note), or stands in the name as "(skipped: reason)". */
const reasonOf = (test) => test.result().note ?? /\(skipped: (.*)\)/.exec(test.fullName)?.[1];

/** vitest makes the reporter itself, which needs a default export. */
export default class SkippedTests {
  onTestRunEnd(modules) {
    const skipped = modules.flatMap((module) =>
      [...module.children.allTests("skipped")].map((test) => ({
        test: `${module.relativeModuleId} > ${test.fullName}`,
        reason: reasonOf(test) ?? null,
      })),
    );
    writeFileSync(process.env.HYPLAB_SKIPPED_FILE, JSON.stringify(skipped));
  }
}
