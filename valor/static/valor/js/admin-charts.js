// The charts above a list of samples in the admin: asked for once, when the list is opened.
import "./chart.js";

const section = document.getElementById("sample-charts");
const answer = await fetch(section.dataset.source, { cache: "no-store" });
if (answer.ok) {
  const { charts } = await answer.json();
  for (const chart of section.querySelectorAll("time-chart")) chart.figures = charts[chart.id.replace(/^chart-/, "")];
} else {
  for (const summary of section.querySelectorAll(".chart-summary")) summary.textContent = "The figures could not be loaded.";
}
