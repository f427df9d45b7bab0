// Times as a chart needs them, in the zone that the page names: the longer the range, the more of the date. A page whose
// zone is "days" speaks of days of the calendar, which are the same everywhere.
const DAY = 86400;
const YEAR = 365 * DAY;
const [NARROW, WIDE] = [44, 70]; // pixels that a year needs, and any other label
const named = document.querySelector("[data-zone]")?.dataset.zone;
const daily = named === "days";
const timeZone = daily ? "UTC" : named;
const clock = (parts) => new Intl.DateTimeFormat("en-GB", { timeZone, ...parts });
const minutes = clock({ hour: "2-digit", minute: "2-digit" });
const seconds = clock({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = clock({ day: "numeric", month: "short" });
const year = clock({ year: "numeric" });
const month = clock({ month: "short", year: "numeric" });
const dated = clock({ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const full = clock({ day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
const zoned = clock({ timeZoneName: "short" });

export function zone() {
  return zoned.formatToParts(new Date()).find((part) => part.type === "timeZoneName").value;
}

// What a column of them is called.
export const HEAD = daily ? "Day" : "Time";
export const head = () => (daily ? HEAD : `${HEAD} (${zone()})`);

// A moment in words, as exact as the window that it lies in makes sense.
export function momentText(at, [start, end]) {
  const moment = new Date(at * 1000);
  if (daily) return moment.toISOString().slice(0, 10);
  const words = end - start <= DAY + 3600 ? seconds : end - start <= 90 * DAY ? dated : full;
  return words.format(moment);
}

// The same where nothing near it names the zone.
export function momentWords(at, window) {
  return daily ? momentText(at, window) : `${momentText(at, window)} ${zone()}`;
}

// The labels below an axis whose ticks are so many seconds apart; midnight is told as the day that begins.
export function axisTimes(ticks, apart) {
  return ticks.map((at) => {
    const moment = new Date(at * 1000);
    if (apart >= YEAR) return year.format(moment);
    if (apart >= 28 * DAY) return month.format(moment);
    if (apart >= DAY || daily) return day.format(moment);
    const time = minutes.format(moment);
    return apart >= 3600 && time === "00:00" ? day.format(moment) : time;
  });
}

// How far apart they are at least.
export function axisSpace(plot, axis, low, high, width) {
  return ((high - low) / width) * NARROW >= YEAR ? NARROW : WIDE;
}

// The same wall clock for uPlot, which places its ticks by it.
export function wallClock(uPlot) {
  return (at) => (timeZone ? uPlot.tzDate(new Date(at * 1000), timeZone) : new Date(at * 1000));
}
