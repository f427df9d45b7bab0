// Copies a text; whether it could. Without https the clipboard is closed to pages, and an older way is left.
function selected(text) {
  const field = Object.assign(document.createElement("textarea"), { value: text, className: "sr-only", readOnly: true });
  const focus = document.activeElement;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  focus?.focus();
  return done;
}

export async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return selected(text);
  }
}
