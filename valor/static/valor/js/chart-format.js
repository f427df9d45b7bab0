// Figures as the rest of the product writes them.
const STEPS = ["B", "kB", "MB", "GB", "TB", "PB"];
const plain = (digits) => new Intl.NumberFormat("en", { maximumFractionDigits: digits, minimumFractionDigits: digits });
const [whole, tenth] = [plain(0), plain(1)];
const SIGNS = { percent: " %", ms: " ms", s: " s", "per s": "/s", "per min": "/min", "°C": " °C" };

function bytes(value, least, suffix) {
  let step = 0;
  while (value >= 999.5 && step < STEPS.length - 1) [value, step] = [value / 1000, step + 1];
  const rounded = step === 0 || (least && Number.isInteger(value)) ? whole : tenth;
  return `${rounded.format(value)} ${STEPS[step]}${suffix}`;
}

function written(value, unit, least) {
  if (unit.startsWith("bytes")) return bytes(value, least, unit.slice("bytes".length));
  return `${(least && Number.isInteger(value) ? whole : tenth).format(value)}${SIGNS[unit] ?? ""}`;
}

export function figureText(value, unit) {
  return written(value, unit, false);
}

export function axisText(value, unit) {
  return written(value, unit, true);
}
