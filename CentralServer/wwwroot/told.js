// An answer to one's own report is shown on top until it was put away; while the page is open it is looked for now and then.
const KEY = "told";
const known = new Set(JSON.parse(localStorage.getItem(KEY) ?? "[]"));

function tidy(root) {
  for (const note of root.querySelectorAll("[data-told]")) {
    if (known.has(note.dataset.told)) note.remove();
    else note.querySelector("[data-told-close]").addEventListener("click", () => {
      known.add(note.dataset.told);
      localStorage.setItem(KEY, JSON.stringify([...known].slice(-50)));
      note.remove();
    });
  }
}

async function look() {
  if (!document.hidden) {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
    if (answer?.ok) {
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      tidy(fresh);
      const shown = new Set([...document.querySelectorAll("[data-told]")].map((n) => n.dataset.told));
      for (const note of fresh.querySelectorAll("[data-told]")) {
        if (shown.has(note.dataset.told)) continue;
        document.querySelector("main .title").after(note);
        tidy(note.parentNode);
        document.getElementById("answers")?.replaceWith(fresh.getElementById("answers"));
      }
    }
  }
  setTimeout(look, 60000);
}

if (document.getElementById("answers")) {
  tidy(document);
  setTimeout(look, 60000);
}
