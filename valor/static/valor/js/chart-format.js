// Figures as the rest of the product writes them.
const STEPS = ["B", "kB", "MB", "GB", "TB", "PB"];
const plain = (digits) => new Intl.NumberFormat("en", { maximumFractionDigits: digits, minimumFractionDigits: digits });
const [whole, tenth, hundredth] = [plain(0), plain(1), plain(2)];
// A tick of an axis is a round number: as many digits as it has, and no more.
const round = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const exact = new Intl.NumberFormat("en", { maximumSignificantDigits: 6 });
const SIGNS = { percent: " %", rate: " %", ms: " ms", s: " s", "per s": "/s", "per min": "/min", "°C": " °C" };

// What is small has one more digit, or a swift answer and a rare job would read as none.
function digits(value, unit) {
  if (unit === "count" && Number.isInteger(value)) return whole;
  if (unit === "money") return Math.abs(value) >= 1000 ? whole : Math.abs(value) >= 0.1 ? hundredth : round;
  const small = { ms: 9.995, s: 0.095, "per s": 0.095, "per min": 0.095 }[unit] ?? 0;
  return value && Math.abs(value) < small ? hundredth : tenth;
}

function bytes(value, suffix, format) {
  let step = 0;
  while (value >= 999.5 && step < STEPS.length - 1) [value, step] = [value / 1000, step + 1];
  return `${(format ?? (step ? tenth : whole)).format(value)} ${STEPS[step]}${suffix}`;
}

function written(value, unit, format) {
  if (unit.startsWith("bytes")) return bytes(value, unit.slice("bytes".length), format);
  return `${(format ?? digits(value, unit)).format(value).replace("-", "\u2212")}${SIGNS[unit] ?? ""}`;
}

export function figureText(value, unit) {
  return written(value, unit);
}

export function axisText(value, unit) {
  if (unit === "money") return written(value, unit, exact);
  return written(value, unit, Math.abs(value) < 1000 || unit.startsWith("bytes") ? round : whole);
}
