/**
 * A number as Python and pandas write it: the shortest digits that read back as the same float64, whole floats with `.0`
 * (`1.0`, `1e-05`, `inf`, `nan`), counts without.
 */
export function pythonNumber(value: number, integer: boolean): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (integer) return String(value);
  const [digits, power] = value.toExponential().split('e');
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 16) return Number.isInteger(value) ? `${value}.0` : String(value);
  return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}
