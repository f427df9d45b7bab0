// One row of a chart: its colour and dash, and how its values read. What is not measured now is thin; what is stacked is
// drawn by chart-stack.js.
import { figureText } from "./chart-format.js";
import { look, swatch } from "./chart-fills.js";
import { rows } from "./chart-rows.js";

const DASHES = [[], [6, 3], [2, 3], [8, 3, 2, 3]];
const THIN = { before: [2, 4], ahead: [5, 4] };
const FAINT = "b0"; // of a hexadecimal colour

// The samples between two gaps, which no line reaches.
function lonely(plot, series, show) {
  if (show) return null;
  return plot.data[series].flatMap((value, at, all) => (value !== null && all[at - 1] == null && all[at + 1] == null ? [at] : []));
}

function line(token, { label, of, kind }) {
  return {
    label,
    stroke: token(`--series-${of + 1}`) + (kind === "before" ? FAINT : ""),
    width: kind === "line" ? 1.5 : 1,
    dash: THIN[kind] ?? DASHES[of],
    points: { filter: lonely },
    // Lines of an earlier time are drawn behind those of now, by chart-before.js.
    paths: kind === "before" ? () => null : undefined,
  };
}

function layer(token, { label, of }) {
  return { label, width: 0, fill: swatch(look(of, token)), points: { show: false }, paths: () => null };
}

export function lines(chart, token) {
  const { unit, range } = chart.dataset;
  const value = (plot, at) => (at === null ? "\u2013" : figureText(at, unit));
  return rows(chart).map((row) => ({ ...(range === "stacked" ? layer : line)(token, row), value }));
}
