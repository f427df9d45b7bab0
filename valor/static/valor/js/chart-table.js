// A chart's samples as a table, the newest first.
import { figureText, timeText, zone } from "./chart-format.js";

function cell(kind, text) {
  const made = document.createElement(kind);
  made.textContent = text;
  if (kind === "td") made.className = "num";
  else made.scope = "col";
  return made;
}

function row(...cells) {
  const made = document.createElement("tr");
  made.append(...cells);
  return made;
}

function sample({ data, dataset }, at) {
  const time = cell("th", timeText(data[0][at], true));
  time.scope = "row";
  const values = data.slice(1).map((values) => values[at]);
  return row(time, ...values.map((value) => cell("td", value === null ? "\u2013" : figureText(value, dataset.unit))));
}

export function fillTable(table, chart) {
  const head = document.createElement("thead");
  const body = document.createElement("tbody");
  head.append(row(...[`Time (${zone()})`, ...chart.dataset.labels.split("|")].map((name) => cell("th", name))));
  for (let at = chart.data[0].length - 1; at >= 0; at--) body.append(sample(chart, at));
  table.replaceChildren(head, body);
}
