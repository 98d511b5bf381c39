import type { Outcome } from './score.js';

/** What came of projecting a network's layers. */
export interface PcaResult {
  model: string;
  data: string;
  samples: number;
  /** The output that was looked at. */
  output: string;
  /** Where the labels are from; undefined: none. */
  labels: string | undefined;
  engine: { name: string; version: string; device: string };
  seed: number;
  /** Share of the labels that the network meets as it is; undefined without labels. */
  accuracy: number | undefined;
  layers: ProjectedLayer[];
  /** Layers that could not be projected, and why. */
  unprojected: { layer: string; reason: string }[];
  thresholds: ThresholdOutcome[];
}

/** A layer, and how many of its directions are kept. */
export interface ProjectedLayer {
  layer: string;
  kind: string;
  d: number;
  /** Directions that are kept, for each threshold. */
  kept: number[];
}

/** What became of the network at a threshold. */
export interface ThresholdOutcome {
  threshold: number;
  /** Directions that are kept, and that there are, in all layers together. */
  kept: number;
  d: number;
  /** Mean over the layers of what share of its directions is kept. */
  saturation: number;
  /** Projected onto eigenvectors. */
  pca: Outcome;
  /** Onto as many random directions: an outcome a draw. */
  random: Outcome[];
}
