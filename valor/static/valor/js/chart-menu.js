// A chart's menu: its table, its figures as CSV, a link to it, and how to ask the API for the same.
import { copied } from "./copy.js";

// The page's address with everything that the view shows, also what it shows by default.
function link(chart) {
  const address = new URL(location.href);
  const source = chart.closest("[data-source]")?.dataset.source ?? "";
  const asked = new URL(source, location.href).searchParams;
  if (chart.closest("[data-zoomable]")) for (const [name, value] of asked) address.searchParams.set(name, value);
  address.hash = chart.id;
  return address.href;
}

function curl(chart) {
  return `curl -H "Authorization: Bearer $TOKEN" "${new URL(chart.source, location.href).href}"`;
}

export function menu(chart) {
  const items = chart.card.querySelector(".chart-menu");
  const say = (words) => (chart.card.querySelector(".chart-cursor").textContent = words);
  const copy = async (text, done) => say((await copied(text)) ? done : `Copying is not allowed here: ${text}`);
  const acts = {
    table: () => {
      chart.table.open = true;
      chart.table.querySelector("summary").focus();
    },
    csv: () => say("The figures are on their way."),
    link: () => copy(link(chart), "The link is copied."),
    curl: () => copy(curl(chart), "The command is copied: put an access token into TOKEN first."),
  };
  items.addEventListener("toggle", () => {
    const source = new URL(chart.source || ".", location.href);
    source.searchParams.set("format", "csv");
    items.querySelector("[data-act=csv]").href = source.href;
    for (const item of items.querySelectorAll("[data-act=csv], [data-act=curl]")) item.parentElement.hidden = !chart.source;
  });
  items.addEventListener("click", ({ target }) => {
    const act = acts[target.closest("[data-act]")?.dataset.act];
    if (!act) return;
    items.open = false;
    items.querySelector("summary").focus();
    act();
  });
}
