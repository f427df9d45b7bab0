// One line of a chart: its colour and dash, and how its values read.
import { figureText } from "./chart-format.js";

const DASHES = [[], [6, 3], [2, 3], [8, 3, 2, 3]];

// The samples between two gaps, which no line reaches.
function lonely(plot, series, show) {
  if (show) return null;
  return plot.data[series].flatMap((value, at, all) => (value !== null && all[at - 1] == null && all[at + 1] == null ? [at] : []));
}

export function line(token, unit) {
  return (label, index) => ({
    label,
    stroke: token(`--series-${index + 1}`),
    width: 1.5,
    dash: DASHES[index],
    points: { filter: lonely },
    value: (plot, value) => (value === null ? "\u2013" : figureText(value, unit)),
  });
}
