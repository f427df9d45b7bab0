// Arrow keys, Home and End move a chart's cursor from sample to sample; each is read out.
import { figureText } from "./chart-format.js";
import { momentText, zone } from "./chart-time.js";

const MOVES = {
  ArrowLeft: (at) => at - 1,
  ArrowRight: (at) => at + 1,
  PageUp: (at) => at - 10,
  PageDown: (at) => at + 10,
  Home: () => 0,
  End: (at, last) => last,
};

function spoken(chart, at) {
  const { labels, unit } = chart.dataset;
  const lines = labels.split("|").map((label, index) => {
    const value = chart.data[index + 1][at];
    return `${label} ${value === null ? "not known" : figureText(value, unit)}`;
  });
  return `${momentText(chart.data[0][at], chart.window)} ${zone()}: ${lines.join(", ")}`;
}

export function cursorKeys(chart, line) {
  chart.addEventListener("keydown", (event) => {
    const move = MOVES[event.key];
    const last = (chart.data?.[0].length ?? 0) - 1;
    if (!move || last < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const at = Math.min(last, Math.max(0, move(chart.plot.cursor.idx ?? last, last)));
    chart.plot.setCursor({ left: chart.plot.valToPos(chart.data[0][at], "x"), top: 1 });
    line.textContent = spoken(chart, at);
  });
  chart.addEventListener("blur", () => {
    chart.plot?.setCursor({ left: -10, top: -10 });
    line.textContent = "";
  });
}
