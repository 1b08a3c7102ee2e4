/**
 * Dialogs and menus. `data-opens="id"` opens a dialog, `data-closes` the one around it;
 * what htmx swaps into #modal-body opens the modal; `form[data-confirm]` asks first.
 */

export function startDialogs() {
  document.addEventListener("click", onClick);
  document.addEventListener("submit", onSubmit, true);
  document.addEventListener("htmx:confirm", onHtmxConfirm);
  document.addEventListener("htmx:afterSwap", onSwap);
  document.addEventListener("modal:close", () => document.getElementById("modal").close());
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") closeMenus(null, true);
  });
  const modal = document.getElementById("modal");
  modal?.addEventListener("close", () => document.getElementById("modal-body").replaceChildren());
}

/** Ask, and resolve to whether the answer was yes. */
export function ask(title, text = "", verb = title) {
  const dialog = document.getElementById("confirm");
  dialog.querySelector("h2").textContent = title;
  const body = dialog.querySelector('[data-part="text"]');
  body.textContent = text;
  body.parentElement.hidden = !text;
  dialog.querySelector('[data-part="go"]').textContent = verb;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "go"), { once: true });
  });
}

function onClick(event) {
  closeMenus(event.target);
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
  // The dialog itself is hit only outside its content: on the backdrop.
  if (event.target instanceof HTMLDialogElement && isOutside(event.target, event)) event.target.close();
}

function isOutside(dialog, { clientX, clientY }) {
  const box = dialog.getBoundingClientRect();
  return clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom;
}

function closeMenus(target, refocus = false) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (target && menu.contains(target) && !target.closest(".menu-item")) continue;
    if (target?.closest?.("summary")?.parentElement === menu) continue;
    menu.open = false;
    if (refocus && menu.contains(document.activeElement)) menu.querySelector("summary").focus();
  }
}

async function onSubmit(event) {
  const form = event.target;
  if (!form.dataset.confirm || form.dataset.confirmed) {
    delete form.dataset.confirmed;
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  const { submitter } = event;
  if (!(await ask(form.dataset.confirm, form.dataset.confirmText, form.dataset.confirmVerb))) return;
  form.dataset.confirmed = "1";
  form.requestSubmit(submitter);
}

async function onHtmxConfirm(event) {
  const { question } = event.detail;
  if (!question) return;
  event.preventDefault();
  if (await ask(question)) event.detail.issueRequest(true);
}

function onSwap(event) {
  const body = document.getElementById("modal-body");
  if (!body?.contains(event.detail.target) || !body.firstElementChild) return;
  const modal = body.closest("dialog");
  if (!modal.open) modal.showModal();
  const wrong = body.querySelector('[aria-invalid="true"]');
  (wrong ?? body.querySelector("[autofocus], input:not([type=hidden]), select, textarea"))?.focus();
}
