// How a chart looks: colours and sizes from the tokens, shares from zero to 100, gaps left open.
import uPlot from "../vendor/uplot/uPlot.esm.js";
import { bands } from "./chart-band.js";
import { before } from "./chart-before.js";
import { axisText } from "./chart-format.js";
import { line } from "./chart-lines.js";
import { marks } from "./chart-marks.js";
import { cursor, gestures } from "./chart-pointer.js";
import { rows } from "./chart-rows.js";
import { threshold } from "./chart-threshold.js";
import { axisTimes, momentText, wallClock } from "./chart-time.js";

const HEIGHT = 216;

function axes(token, unit) {
  const look = { stroke: token("--muted"), grid: { stroke: token("--line"), width: 1 }, ticks: { show: false } };
  const time = { ...look, size: 28, space: 70, values: (plot, at, axis, space, apart) => axisTimes(at, apart) };
  return [time, { ...look, size: 64, values: (plot, at) => at.map((value) => axisText(value, unit)) }];
}

export function options(chart) {
  const token = (name) => getComputedStyle(chart).getPropertyValue(name).trim();
  const { unit } = chart.dataset;
  const highest = (high) => Math.max(high, ...rows(chart).flatMap(({ band }) => band?.[1] ?? []));
  const upTo = (plot, low, high) => [0, unit === "percent" ? Math.max(100, high) : (highest(high) || 1) * 1.1];
  return {
    width: chart.clientWidth,
    height: HEIGHT,
    padding: [28, 18, 0, 0],
    tzDate: wallClock(uPlot),
    cursor: cursor(chart),
    scales: { x: { range: () => chart.window }, y: { range: upTo } },
    axes: axes(token, unit),
    series: [{ label: "Time", value: (plot, at) => (at === null ? "\u2013" : momentText(at, chart.window)) }, ...rows(chart).map(line(token, unit))],
    plugins: [before(chart), bands(chart, token), threshold(chart.dataset, token), marks(chart, token), gestures(chart)],
  };
}
