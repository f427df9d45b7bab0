// How a chart looks: colours and sizes from the tokens, gaps left open.
import uPlot from "../vendor/uplot/uPlot.esm.js";
import { bands } from "./chart-band.js";
import { before } from "./chart-before.js";
import { axisText } from "./chart-format.js";
import { lines } from "./chart-lines.js";
import { marks } from "./chart-marks.js";
import { cursor, gestures } from "./chart-pointer.js";
import { valueScale, valueTicks } from "./chart-scale.js";
import { stack } from "./chart-stack.js";
import { threshold } from "./chart-threshold.js";
import { axisSpace, axisTimes, HEAD, momentText, wallClock } from "./chart-time.js";

const HEIGHT = 216;

function axes(chart, token) {
  const { unit } = chart.dataset;
  const look = { stroke: token("--muted"), grid: { stroke: token("--line"), width: 1 }, ticks: { show: false } };
  const time = { ...look, size: 28, space: axisSpace, values: (plot, at, axis, space, apart) => axisTimes(at, apart) };
  return [time, { ...look, ...valueTicks(chart), size: 64, values: (plot, at) => at.map((value) => axisText(value, unit)) }];
}

export function options(chart) {
  const token = (name) => getComputedStyle(chart).getPropertyValue(name).trim();
  return {
    width: chart.clientWidth,
    height: Number(chart.dataset.height ?? HEIGHT),
    padding: [28, 18, 0, 0],
    tzDate: wallClock(uPlot),
    cursor: cursor(chart),
    scales: { x: { range: () => chart.window }, y: valueScale(chart) },
    axes: axes(chart, token),
    series: [{ label: HEAD, value: (plot, at) => (at === null ? "\u2013" : momentText(at, chart.window)) }, ...lines(chart, token)],
    plugins: [stack(chart, token), before(chart), bands(chart, token), threshold(chart.dataset, token), marks(chart, token), gestures(chart)],
  };
}
