// The performance page: one poll brings every moving part.
import "./chart.js";
import { View } from "./chart-view.js";
import { showAge } from "./performance-age.js";
import { Poll } from "./performance-poll.js";

const page = document.getElementById("performance");
const news = document.getElementById("news");
const pause = document.getElementById("pause");
const age = showAge(document.getElementById("age"));
let word = "";

function show({ fragments, charts, marks, ...status }) {
  for (const [name, html] of Object.entries(fragments)) for (const place of page.querySelectorAll(`[data-fragment=${name}]`)) place.innerHTML = html;
  for (const [slug, figures] of Object.entries(charts)) document.getElementById(`chart-${slug}`).figures = { ...figures, marks };
  if (Object.values(charts).some(({ data }) => data[0].length)) document.getElementById("no-samples")?.remove();
  document.title = document.title.replace(/^\w+(?=:)/, status.word);
  news.textContent = word && word !== status.word ? status.sentence : "";
  word = status.word;
}

const poll = new Poll(page.dataset.source, {
  fresh: (answer) => (show(answer), age.renew()),
  same: () => ((news.textContent = ""), age.renew()),
  failed: (why) => (news.textContent = `The last update failed (${why}), so these figures are older.`),
  signedOut: () => (document.getElementById("signed-out").hidden = false),
});

if (page.querySelector("[data-zoomable]")) new View(page, (source) => poll.turn(source));
pause.hidden = false;
pause.addEventListener("click", () => {
  pause.textContent = poll.toggle() ? "Resume updates" : "Pause updates";
});
poll.ask();
