// From where to where a chart draws its values, and on which scale. Without data-range it is from zero, shares up to 100.
//   own      from the least to the greatest value, with a margin
//   growth   the same, and on a logarithmic scale where that is asked for: equal steps are equal growth
//   zero     the same, and zero is in it
//   stacked  shares on top of each other, those below zero under it; from 0 to 100 at least
import { rows } from "./chart-rows.js";
import { reach } from "./chart-stack.js";

const MARGIN = 0.05;
const MANTISSAS = [[1], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 5, 7]];
const ENOUGH = 4; // ticks

function fromZero(chart) {
  const highest = (high) => Math.max(high, ...rows(chart).flatMap(({ band }) => band?.[1] ?? []));
  return (plot, low, high) => [0, chart.dataset.unit === "percent" ? Math.max(100, high) : (highest(high) || 1) * 1.1];
}

function own(plot, low, high) {
  const room = (high - low || Math.abs(high) || 1) * MARGIN;
  return [low >= 0 ? Math.max(0, low - room) : low - room, high <= 0 ? Math.min(0, high + room) : high + room];
}

function logarithmic(plot, low, high) {
  const room = (high / low || 1) ** MARGIN * (high > low ? 1 : 1.1);
  return [low / room, high * room];
}

const RANGES = { own: () => own, growth: () => own, zero: () => (plot, low, high) => own(plot, Math.min(low, 0), Math.max(high, 0)), stacked: (chart) => (plot) => reach(chart, plot) };

export function valueScale(chart) {
  if (chart.logarithmic) return { distr: 3, range: logarithmic };
  return { range: (RANGES[chart.dataset.range] ?? fromZero)(chart) };
}

function steps(low, high, mantissas) {
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power++) for (const part of mantissas) ticks.push(Number((part * 10 ** power).toPrecision(12)));
  return ticks.filter((tick) => tick >= low && tick <= high);
}

// Round values of a logarithmic scale, evenly apart where it spans so little that there are too few of them.
function splits(plot, axis, low, high, apart) {
  const found = MANTISSAS.map((mantissas) => steps(low, high, mantissas)).find((ticks) => ticks.length >= ENOUGH);
  if (found) return found;
  const step = [1, 2, 2.5, 5, 10].map((part) => part * 10 ** Math.floor(Math.log10((high - low) / ENOUGH))).find((size) => (high - low) / size <= ENOUGH + 2);
  return Array.from({ length: Math.floor(high / step) - Math.ceil(low / step) + 1 }, (_, at) => Number(((Math.ceil(low / step) + at) * step).toPrecision(12)));
}

export function valueTicks(chart) {
  return chart.logarithmic ? { splits, filter: (plot, found) => found } : {};
}
