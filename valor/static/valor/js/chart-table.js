// A chart's figures as a table, the newest first.
import { figureText } from "./chart-format.js";
import { columns } from "./chart-rows.js";
import { head as named, momentText } from "./chart-time.js";

function cell(kind, text, options) {
  return Object.assign(document.createElement(kind), { textContent: text, ...options });
}

function row(...cells) {
  const made = document.createElement("tr");
  made.append(...cells);
  return made;
}

export function fillTable(table, chart) {
  const { data, dataset, window } = chart;
  const shown = columns(chart);
  const words = (value) => (value === null ? "\u2013" : figureText(value, dataset.unit));
  const figures = (at) => shown.map(({ values }) => cell("td", words(values[at]), { className: "num" }));
  const head = document.createElement("thead");
  const body = document.createElement("tbody");
  const labels = shown.map(({ label }) => cell("th", label, { scope: "col", className: "num" }));
  head.append(row(cell("th", named(), { scope: "col" }), ...labels));
  for (let at = data[0].length - 1; at >= 0; at--) body.append(row(cell("th", momentText(data[0][at], window), { scope: "row" }), ...figures(at)));
  table.replaceChildren(head, body);
}
