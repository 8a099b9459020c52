/** Verdicts on stages, gathered while a life is played. */
import { LIFE_CLAUSES, type LifeStage } from "../../contract/index.js";
import type { ScenarioSetup, StageResult, StageVerdict, TimelineEntry } from "./result.js";

/** A condition of a stage, in words, and whether it holds. */
export interface Condition {
  readonly words: string;
  readonly holds: boolean;
}

export class StageRecord {
  readonly #verdicts = new Map<LifeStage, { verdict: StageVerdict; at: number | undefined }>();
  readonly timeline: TimelineEntry[] = [];

  /** A copy that goes its own way. */
  copy(): StageRecord {
    const made = new StageRecord();
    for (const [stage, verdict] of this.#verdicts) made.#verdicts.set(stage, verdict);
    made.timeline.push(...this.timeline);
    return made;
  }
  note(at: number, what: string, more: { cpu?: number; stage?: LifeStage } = {}): void {
    this.timeline.push({ at, cpu: more.cpu, stage: more.stage, what });
  }
  /** Held when every condition does; the first that does not is what was found. A violation stays. */
  judge(stage: LifeStage, at: number | undefined, conditions: readonly Condition[]): void {
    if (this.#verdicts.get(stage)?.verdict.kind === "violated") return;
    const evidence = [
      ...this.#evidence(stage),
      ...conditions.filter(({ holds }) => holds).map(({ words }) => words),
    ];
    const broken = conditions.find(({ holds }) => !holds);
    const verdict: StageVerdict =
      broken === undefined
        ? { kind: "held", evidence }
        : { kind: "violated", found: broken.words, evidence };
    this.#verdicts.set(stage, { verdict, at });
  }
  #evidence(stage: LifeStage): readonly string[] {
    const known = this.#verdicts.get(stage)?.verdict;
    return known?.kind === "held" ? known.evidence : [];
  }
  notApplicable(stage: LifeStage, why: string): void {
    this.#verdicts.set(stage, { verdict: { kind: "not-applicable", why }, at: undefined });
  }
  verdict(stage: LifeStage): StageVerdict | undefined {
    return this.#verdicts.get(stage)?.verdict;
  }
  /** Every stage of a scenario's kind; `why` is said of those that were not reached. */
  results(kind: ScenarioSetup["kind"], why: string): StageResult[] {
    return LIFE_CLAUSES.filter((clause) => clause.of.includes(kind)).map((clause): StageResult => {
      const known = this.#verdicts.get(clause.stage);
      return known === undefined
        ? { clause, verdict: { kind: "not-reached", why }, at: undefined }
        : { clause, verdict: known.verdict, at: known.at };
    });
  }
}
