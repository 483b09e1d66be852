// Keys, live progress and a guard for unsaved texts. Every page works without this file.
"use strict";

const find = (selector) => document.querySelector(selector);
const KEYS_OFF = "courseai-keys-off";
let armed = null;

const isTyping = (element) => element.matches("input, textarea, select") && element.type !== "checkbox";

function arm(button) {
  const message = find("textarea[name=message]");
  armed = button;
  document.querySelectorAll(".armed").forEach((other) => other.classList.remove("armed"));
  button.classList.add("armed");
  find("#hint").textContent = button.dataset.ask;
  message.focus();
}

function press(key) {
  const target = find(`[data-key="${key}"]`);
  if (!target) return false;
  if (target.dataset.ask) arm(target);
  else target.click();
  return true;
}

function stepThroughList(direction) {
  const items = [...document.querySelectorAll("[data-item]")];
  if (!items.length) return false;
  const place = items.indexOf(document.activeElement);
  const next = items[Math.min(items.length - 1, Math.max(0, place + direction))];
  next.focus();
  return true;
}

function confirmBegun() {
  const button = armed || find("[data-confirm]");
  if (button) button.form.requestSubmit(button);
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return confirmBegun();
  if (event.key === "Escape" && isTyping(event.target)) return event.target.blur();
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (find("#help").open || (localStorage.getItem(KEYS_OFF) && event.key !== "?")) return;
  const isStep = event.key === "j" || event.key === "k";
  const done = (isStep && stepThroughList(event.key === "j" ? 1 : -1)) || press(event.key);
  if (done) event.preventDefault();
});

function setUpHelp() {
  const button = find("[data-help]");
  const box = find("#keys-on");
  button.hidden = false;
  button.addEventListener("click", () => find("#help").showModal());
  box.checked = !localStorage.getItem(KEYS_OFF);
  box.addEventListener("change", () => {
    if (box.checked) localStorage.removeItem(KEYS_OFF);
    else localStorage.setItem(KEYS_OFF, "1");
  });
}

function setUpProgress(live) {
  const source = new EventSource(live.dataset.events);
  source.addEventListener("progress", (message) => {
    const event = JSON.parse(message.data);
    // It is told again when an answer arrives; what waits then is shown by the queue.
    if (event.kind === "review_needed") return;
    const line = document.createElement("li");
    line.textContent = event.message;
    live.querySelector("[data-list]").append(line);
    line.scrollIntoView({ block: "nearest" });
  });
  source.addEventListener("headline", (message) => {
    live.querySelector("[data-headline]").textContent = JSON.parse(message.data);
  });
  source.addEventListener("rest", () => {
    source.close();
    location.reload();
  });
}

function setUpGuard(form) {
  let isChanged = form.dataset.guard === "changed";
  form.addEventListener("input", () => { isChanged = true; });
  form.addEventListener("submit", () => { isChanged = false; });
  window.addEventListener("beforeunload", (event) => { if (isChanged) event.preventDefault(); });
}

setUpHelp();
if (find("[data-events]")) setUpProgress(find("[data-events]"));
if (find("[data-guard]")) setUpGuard(find("[data-guard]"));
if (find("#problem")) find("#problem").focus();
