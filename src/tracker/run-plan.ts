import { nodesAsApplied } from './graph.js';
import { contentOf, keyOfNode, keyOfStep } from './layer-uses.js';
import type { Container, TrackedLayer } from './tfjs.js';

/** Something that a run of a model applies: a layer, or a model in it. */
export interface PlannedStep {
  layer: TrackedLayer;
  /** Of the node that is applied; a node of which several outputs are used comes several times. */
  id: number;
  /** What it applies itself; none for a layer. */
  inside: readonly PlannedStep[];
  /** Whether it stands for every time step, not for a node. */
  isTimeStep: boolean;
}

/** What a run of a model applies, in its order. */
export function planRun(model: Container): PlannedStep[] {
  return nodesAsApplied(model).map(({ id, outboundLayer: layer }): PlannedStep => {
    const content = contentOf(layer);
    if (content.kind === 'layer') return { layer, id, inside: [], isTimeStep: false };
    const { container } = content;
    const steps = planRun(container);
    const inside =
      content.kind === 'model' ? steps : [{ layer: container, id: 0, inside: steps, isTimeStep: true }];
    return { layer, id, inside, isTimeStep: false };
  });
}

/** The layers and models of a plan, each once. */
export function layersInPlan(steps: readonly PlannedStep[]): Set<TrackedLayer> {
  return new Set(steps.flatMap(({ layer, inside }) => [layer, ...layersInPlan(inside)]));
}

/** How far a run has come. */
export class RunProgress {
  #at = 0;
  #runs = 0;
  readonly #applied = new Set<number>();

  /**
   * @param key of what runs: `LayerUse.key` without its own last part
   * @param isRepeated whether the same run was followed already, as it happens once for every output of a model
   */
  constructor(
    readonly steps: readonly PlannedStep[],
    readonly key: string,
    readonly isRepeated: boolean,
  ) {}

  /** Nothing has begun that is not complete. */
  get isComplete(): boolean {
    return this.#at === 0;
  }

  /** `layer` is applied. What that is; undefined if it is not what comes next, and so is no part of the run. */
  next(layer: TrackedLayer): { step: PlannedStep; key: string; isRepeated: boolean } | undefined {
    const step = this.steps[this.#at];
    if (step?.layer !== layer) return undefined;
    const key = step.isTimeStep ? keyOfStep(this.key, this.#runs) : keyOfNode(this.key, step);
    const isRepeated = this.isRepeated || this.#applied.has(step.id);
    this.#applied.add(step.id);
    if (++this.#at === this.steps.length) {
      this.#at = 0;
      this.#runs++;
      this.#applied.clear();
    }
    return { step, key, isRepeated };
  }
}
