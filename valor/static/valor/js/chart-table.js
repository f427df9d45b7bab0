// A chart's samples as a table, the newest first.
import { figureText } from "./chart-format.js";
import { momentText, zone } from "./chart-time.js";

function cell(kind, text, options) {
  return Object.assign(document.createElement(kind), { textContent: text, ...options });
}

function row(...cells) {
  const made = document.createElement("tr");
  made.append(...cells);
  return made;
}

function sample({ data, dataset, window }, at) {
  const time = cell("th", momentText(data[0][at], window), { scope: "row" });
  const words = (value) => (value === null ? "\u2013" : figureText(value, dataset.unit));
  return row(time, ...data.slice(1).map((values) => cell("td", words(values[at]), { className: "num" })));
}

export function fillTable(table, chart) {
  const head = document.createElement("thead");
  const body = document.createElement("tbody");
  const labels = chart.dataset.labels.split("|").map((name) => cell("th", name, { scope: "col", className: "num" }));
  head.append(row(cell("th", `Time (${zone()})`, { scope: "col" }), ...labels));
  for (let at = chart.data[0].length - 1; at >= 0; at--) body.append(sample(chart, at));
  table.replaceChildren(head, body);
}
