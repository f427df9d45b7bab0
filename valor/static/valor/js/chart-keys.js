// Keys on a chart: arrows, Home and End move the shared cursor from sample to sample, each is read out; + and - zoom
// around it, Shift with an arrow moves through time, Escape resets.
import { figureText } from "./chart-format.js";
import { rows } from "./chart-rows.js";
import { ask } from "./chart-say.js";
import { momentWords } from "./chart-time.js";

const MOVES = {
  ArrowLeft: (at) => at - 1,
  ArrowRight: (at) => at + 1,
  PageUp: (at) => at - 10,
  PageDown: (at) => at + 10,
  Home: () => 0,
  End: (at, last) => last,
};
const SCALES = { "+": 0.5, "=": 0.5, "-": 2, "_": 2 };
const STEPS = { ArrowLeft: -0.25, ArrowRight: 0.25 };

function told({ values, label, band, kind }, at, unit) {
  if (values[at] === null) return kind === "line" ? `${label} not known` : "";
  const edges = kind === "ahead" ? `, ${band.map((edge) => figureText(edge[at], unit)).join(" to ")}` : "";
  return `${label} ${figureText(values[at], unit)}${edges}`;
}

function spoken(chart, at) {
  const [times] = chart.data;
  const time = times[at];
  const half = ((times[at + 1] ?? time) - (times[at - 1] ?? time)) / 4;
  const lines = rows(chart).map((row) => told(row, at, chart.dataset.unit));
  const happened = chart.marks.filter((mark) => mark.at - half <= time && time <= (mark.until ?? mark.at) + half).map(({ word }) => word);
  return `${momentWords(time, chart.window)}: ${[...lines, ...happened].filter(Boolean).join(", ")}`;
}

function move(chart, line, step) {
  const last = chart.data[0].length - 1;
  if (last < 0) return;
  const at = Math.min(last, Math.max(0, step(chart.plot.cursor.idx ?? last, last)));
  chart.plot.setCursor({ left: chart.plot.valToPos(chart.data[0][at], "x"), top: 1 }, true, true);
  line.textContent = spoken(chart, at);
}

// What a key does; nothing where it does nothing here.
function meaning(chart, line, { key, shiftKey }) {
  const at = chart.data[0][chart.plot.cursor.idx];
  if (SCALES[key]) return () => ask(chart, "scale", { by: SCALES[key], at });
  if (shiftKey && STEPS[key]) return () => ask(chart, "step", STEPS[key]);
  return MOVES[key] && (() => move(chart, line, MOVES[key]));
}

export function cursorKeys(chart, line) {
  chart.addEventListener("keydown", (event) => {
    if (!chart.plot || event.ctrlKey || event.altKey || event.metaKey) return;
    const act = meaning(chart, line, event);
    if (!act) return;
    event.preventDefault();
    act();
  });
  chart.addEventListener("blur", () => {
    chart.plot?.setCursor({ left: -10, top: -10 }, true, true);
    line.textContent = "";
  });
}
