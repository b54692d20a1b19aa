// Hands files over one by one, each with its own progress and its own answer. Without it the plain form does the same.
"use strict";
(() => {
  const form = document.querySelector("form[data-upload]");
  if (!form || !window.FormData || !("upload" in new XMLHttpRequest())) return;
  const input = form.querySelector('input[type="file"]');
  const drop = form.querySelector("[data-drop-here]");
  const sent = form.querySelector("[data-sent]");
  const list = form.querySelector("[data-files]");
  const whole = sent.querySelector("progress");
  const said = form.querySelector("[data-said]");
  const button = form.querySelector("button");
  const go = form.querySelector("[data-go]");
  const words = form.dataset;

  const hint = document.createElement("p");
  hint.className = "usa-hint";
  hint.textContent = words.drop;
  drop.append(hint);
  for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.add("drop--over");
  });
  for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("drop--over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) input.files = event.dataTransfer.files;
  });

  const line = (file) => {
    const item = document.createElement("li");
    const name = document.createElement("strong");
    const bar = document.createElement("progress");
    const text = document.createElement("span");
    name.textContent = file.name;
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    text.textContent = words.waits;
    item.append(name, " ", bar, " ", text);
    list.append(item);
    return { item, bar, text };
  };

  const tell = (row, text, ok) => {
    row.text.textContent = text;
    row.bar.remove();
    if (!ok) row.item.classList.add("is-no");
    said.textContent = text;
  };

  const AGAIN = 12; // times: while others have their files read, ours wait for a place
  const send = (file, row, moved, tries = 0) => new Promise((done) => {
    const data = new FormData(form);
    data.delete("file");
    data.append("file", file);
    const call = new XMLHttpRequest();
    call.open("POST", form.action);
    call.setRequestHeader("X-Requested-With", "upload");
    call.responseType = "json";
    row.text.textContent = words.sending;
    call.upload.onprogress = (event) => {
      if (!event.lengthComputable || !event.total) return;
      row.bar.value = event.loaded / event.total;
      moved(event.loaded / event.total);
    };
    call.upload.onload = () => { row.text.textContent = words.reading; row.bar.removeAttribute("value"); };
    // A refusal says why; only what did not reach us at all, or came back as no answer of ours, has no words.
    call.onloadend = () => {
      const pause = call.status === 503 && tries < AGAIN ? Number(call.getResponseHeader("Retry-After")) : 0;
      if (!pause) { done(call.status === 200 || call.response?.error ? call.response : null); return; }
      row.text.textContent = words.waits;
      setTimeout(() => send(file, row, moved, tries + 1).then(done), 1000 * pause);
    };
    call.send(data);
  });

  form.addEventListener("submit", async (event) => {
    const files = Array.from(input.files);
    if (!files.length) return; // the plain form says what is missing
    event.preventDefault();
    button.disabled = true;
    sent.hidden = false;
    list.textContent = "";
    const rows = files.map(line);
    const all = files.reduce((sum, file) => sum + file.size, 0) || 1;
    let taken = 0, page = "", lost = 0;
    const parts = files.map(() => 0);
    const moved = (n, bytes) => { parts[n] = bytes; whole.value = parts.reduce((sum, each) => sum + each, 0) / all; };
    const one = async (n) => {
      const file = files[n];
      if (taken + file.size > Number(words.most)) {
        tell(rows[n], words.large, false);
        lost += 1;
      } else {
        taken += file.size;
        const answer = await send(file, rows[n], (part) => moved(n, part * file.size));
        if (answer && answer.answers) {
          form.elements.draft.value = answer.draft;
          page = answer.page;
          tell(rows[n], answer.answers[0].text, answer.answers[0].ok);
        } else {
          tell(rows[n], (answer && answer.error) || words.failed, false);
          taken -= file.size;
          lost += 1;
        }
      }
      moved(n, file.size);
    };
    // The first one that arrives begins the draft; then three at a time, each with its own answer.
    let next = 0;
    while (next < files.length && !page) await one(next++);
    const lane = async () => { while (next < files.length) await one(next++); };
    await Promise.all([lane(), lane(), lane()]);
    // What did not get through stands on no other page: then she reads it here first, and goes on herself.
    if (page && !lost) { window.location.assign(page); return; }
    go.parentElement.hidden = !page; // the button itself has a display of its own
    go.href = page;
    if (page) go.focus();
    button.disabled = false;
    form.elements.draft.value = "";
  });
})();
