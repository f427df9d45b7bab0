// Calls back when the colours of the page change: by the theme switch or by the system. Returns how to stop.
export function onTheme(changed) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const attribute = new MutationObserver(changed);
  system.addEventListener("change", changed);
  attribute.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return () => {
    system.removeEventListener("change", changed);
    attribute.disconnect();
  };
}
