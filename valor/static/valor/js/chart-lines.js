// One row of a chart: its colour and dash, and how its values read. What is not measured now is thin.
import { figureText } from "./chart-format.js";

const DASHES = [[], [6, 3], [2, 3], [8, 3, 2, 3]];
const THIN = { before: [2, 4], ahead: [5, 4] };
const FAINT = "b0"; // of a hexadecimal colour

// The samples between two gaps, which no line reaches.
function lonely(plot, series, show) {
  if (show) return null;
  return plot.data[series].flatMap((value, at, all) => (value !== null && all[at - 1] == null && all[at + 1] == null ? [at] : []));
}

export function line(token, unit) {
  return ({ label, of, kind }) => ({
    label,
    stroke: token(`--series-${of + 1}`) + (kind === "before" ? FAINT : ""),
    width: kind === "line" ? 1.5 : 1,
    dash: THIN[kind] ?? DASHES[of],
    points: { filter: lonely },
    // Lines of an earlier time are drawn behind those of now, by chart-before.js.
    paths: kind === "before" ? () => null : undefined,
    value: (plot, value) => (value === null ? "\u2013" : figureText(value, unit)),
  });
}
