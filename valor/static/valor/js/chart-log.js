// The button that puts a chart's values on a logarithmic scale and back; the page's address remembers it, so that Back and a
// link show the same.
const NAME = "log";

function remembered(slug) {
  return new URLSearchParams(location.search).getAll(NAME).includes(slug);
}

function remember(slug, pressed) {
  const address = new URL(location.href);
  const others = address.searchParams.getAll(NAME).filter((one) => one !== slug);
  address.searchParams.delete(NAME);
  for (const one of pressed ? [...others, slug] : others) address.searchParams.append(NAME, one);
  history.replaceState(history.state, "", address);
}

export function logButton(chart) {
  const slug = chart.id.replace(/^chart-/, "");
  chart.log = chart.card.querySelector("[data-act=log]");
  if (!chart.log) return;
  const press = (pressed) => chart.log.setAttribute("aria-pressed", pressed);
  press(remembered(slug));
  chart.log.addEventListener("click", () => {
    press(!chart.logarithmic);
    remember(slug, chart.logarithmic);
    chart.draw();
  });
}
