// Windows of time, each [from, to] in seconds.
const SHORTEST = 60;

export function now() {
  return Date.now() / 1000;
}

// As much of a window as has been; never less than a minute, nor anything where it is all to come.
export function fitted([from, to]) {
  if (from >= now()) return null;
  const end = Math.min(to, now());
  if (end - from >= SHORTEST) return [Math.floor(from), Math.ceil(end)];
  const last = Math.min(now(), (from + end + SHORTEST) / 2);
  return [Math.floor(last - SHORTEST), Math.ceil(last)];
}

// A window so much wider or narrower that *at*, else its middle, keeps its place.
export function scaled([from, to], by, at = (from + to) / 2) {
  return [at - (at - from) * by, at + (to - at) * by];
}

// As long a window, later; never beyond now.
export function moved([from, to], seconds) {
  const by = Math.min(seconds, now() - to);
  return [Math.floor(from + by), Math.ceil(to + by)];
}
