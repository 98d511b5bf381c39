import { UserError } from '../errors.js';

/**
 * The numbers of an option such as `--mean 0.485,0.456,0.406`; a quotient (`--scale 1/255`) is one number. Throws UserError,
 * naming the option, for anything else.
 */
export function parseNumbers(option: string, text: string): number[] {
  return text.split(',').map((part) => {
    const [dividend, divisor = 1, ...rest] = part
      .split('/')
      .map((side) => (side.trim() === '' ? Number.NaN : Number(side)));
    const value = rest.length > 0 ? Number.NaN : dividend! / divisor;
    if (!Number.isFinite(value)) {
      throw new UserError(
        `${option} '${text}': '${part.trim()}' is not a number; write numbers with a point and commas between, such as 0.5,0.25,1/255`,
      );
    }
    return value;
  });
}

/** The numbers of `--std`, none of which may be 0. */
export function parseStd(text: string): number[] {
  const numbers = parseNumbers('--std', text);
  if (numbers.includes(0))
    throw new UserError(
      `--std '${text}': data cannot be divided by 0; leave --std out, or give 1 for that channel`,
    );
  return numbers;
}

/** The number of `--scale`. */
export function parseScale(text: string): number {
  const [scale, ...more] = parseNumbers('--scale', text);
  if (scale === undefined || more.length > 0) {
    throw new UserError(
      `--scale '${text}': one number is needed; what differs by channel is for --mean and --std`,
    );
  }
  return scale;
}
