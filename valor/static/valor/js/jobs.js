// Asks for the moving part of a job's page again: when the answer says, one question at a time, never in a hidden tab.
const live = document.querySelector("#live");
const pause = document.querySelector("#pause");
const LATEST = 8000;
let paused = false;
let timer;

function plan() {
  clearTimeout(timer);
  if (paused || document.hidden) return;
  const wait = Number(live.querySelector("[data-ask-again]")?.dataset.askAgain) || LATEST;
  timer = setTimeout(() => live.dispatchEvent(new Event("poll")), wait);
}

// After every answer, good or bad, or none at all; who is signed out gets no more.
document.addEventListener("htmx:finally:request", ({ detail }) => {
  if (detail.ctx?.response?.status === 401) paused = true;
  plan();
});
document.addEventListener("visibilitychange", plan);

// The button itself belongs to live.js, which pauses the status in the bar by it.
pause.addEventListener("click", () => {
  paused = !paused;
  plan();
});
plan();
