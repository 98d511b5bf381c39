import { nodesAsApplied } from './graph.js';
import { contentOf, keyOfNode, keyOfSteps } from './layer-uses.js';
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
  return nodesAsApplied(model).map(({ id, outboundLayer: layer }) => {
    return { layer, id, inside: planInside(layer), isTimeStep: false };
  });
}

function planInside(layer: TrackedLayer): PlannedStep[] {
  const content = contentOf(layer);
  switch (content.kind) {
    case 'layer':
      return [];
    case 'model':
      return planRun(content.container);
    case 'steps': {
      const { inner } = content;
      return [{ layer: inner, id: 0, inside: planInside(inner), isTimeStep: true }];
    }
  }
}

/** The layers and models of a plan, each once. */
export function layersInPlan(steps: readonly PlannedStep[]): Set<TrackedLayer> {
  return new Set(steps.flatMap(({ layer, inside }) => [layer, ...layersInPlan(inside)]));
}

/** Which of how many time steps it is that something runs at; of steps within steps, which of all in a run. */
export interface TimeStep {
  index: number;
  count: number;
}

/** Something that a run has come to. */
export interface RunPart {
  step: PlannedStep;
  /** `LayerUse.key` */
  key: string;
  /** Whether the same was followed already, as it happens once for every output of a model. */
  isRepeated: boolean;
  timeStep: TimeStep;
}

/** A run of a model by itself. */
const WHOLE = { key: '', isRepeated: false, timeStep: { index: 0, count: 1 } };

/** How far a run has come. */
export class RunProgress {
  #at = 0;
  #runs = 0;
  readonly #applied = new Set<number>();

  /**
   * @param steps what is applied
   * @param within the part of another run that this one is
   * @param timeSteps how often it runs, where it runs at every time step
   */
  constructor(
    private readonly steps: readonly PlannedStep[],
    private readonly within: Omit<RunPart, 'step'> = WHOLE,
    private readonly timeSteps = 1,
  ) {}

  /** Nothing has begun that is not complete. */
  get isComplete(): boolean {
    return this.#at === 0;
  }

  /** `layer` is applied. What that is; undefined if it is not what comes next, and so is no part of the run. */
  next(layer: TrackedLayer): RunPart | undefined {
    const step = this.steps[this.#at];
    if (step?.layer !== layer) return undefined;
    const { within, timeSteps } = this;
    const key = step.isTimeStep ? keyOfSteps(within.key) : keyOfNode(within.key, step);
    const isRepeated = within.isRepeated || this.#applied.has(step.id);
    const { index, count } = within.timeStep;
    const timeStep = step.isTimeStep
      ? { index: index * timeSteps + this.#runs, count: count * timeSteps }
      : within.timeStep;
    this.#applied.add(step.id);
    if (++this.#at === this.steps.length) {
      this.#at = 0;
      this.#runs++;
      this.#applied.clear();
    }
    return { step, key, isRepeated, timeStep };
  }
}
