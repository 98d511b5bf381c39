import { UserError } from '../errors.js';

/** A d x d matrix of float64 has to fit into memory: better said before it is asked for. */
const WIDEST = 46_000;

/**
 * @param advice what to do, as options are called where the layer is recorded
 * @throws UserError for a layer of more features than a covariance may have
 */
export function checkWidth(layer: string, d: number, advice: string): void {
  if (d <= WIDEST) return;
  const gigabytes = ((d * d * 8) / 1e9).toFixed(0);
  throw new UserError(`${layer}: its covariance of ${d} x ${d} would take ${gigabytes} GB; ${advice}`);
}
