// Marks the inputs whose place for errors is filled, opens the group they are in, and unmarks the others.
const form = document.querySelector("#workbench");

function mark(input) {
  const slot = document.getElementById(input.getAttribute("aria-describedby").split(" ")[0]);
  const wrong = Boolean(slot?.querySelector(".error"));
  if (wrong) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
  const group = input.closest("details.group");
  if (wrong && group) group.open = true;
}

// A page that comes back refused starts at its first error, wherever that stands.
form.querySelector("[aria-invalid=true]")?.focus();

document.addEventListener("htmx:after:swap", () => {
  form.querySelectorAll("[aria-describedby^=error-]").forEach(mark);
});
