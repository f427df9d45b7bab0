// How old what is shown is, in words, renewed every second while somebody can see it.
function words(seconds) {
  if (seconds < 60) return `${seconds} s`;
  return seconds < 3600 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`;
}

export function showAge(element) {
  let since = 0;
  const show = () => {
    if (since && !document.hidden) element.textContent = `Checked ${words(Math.round((Date.now() - since) / 1000))} ago`;
  };
  setInterval(show, 1000);
  return {
    renew() {
      since = Date.now();
      show();
    },
  };
}
