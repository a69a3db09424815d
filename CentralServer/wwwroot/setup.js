// Makes an order of what the form says: the setup as the box told it, with what was changed here.
const form = document.getElementById("setup");
const error = document.getElementById("setup-error");

function order() {
  const setup = JSON.parse(form.dataset.setup);
  setup.timeZone = form.elements.timeZone.value.trim();
  setup.clockSource = form.elements.clockSource.value;
  const kept = [];
  for (const card of form.querySelectorAll("[data-camera]")) {
    const camera = setup.cameras[Number(card.dataset.camera)];
    camera.name = card.querySelector("[name=name]").value.trim();
    camera.url = card.querySelector("[name=url]").value.trim();
    for (const row of card.querySelectorAll("[data-rule]")) {
      if (!row.querySelector("[name=kept]").checked) continue;
      const rule = setup.rules[Number(row.dataset.rule)];
      rule.zone = row.querySelector("[name=zone]").value;
      rule.dwellSeconds = Number(row.querySelector("[name=dwellSeconds]").value);
      rule.quietSeconds = Number(row.querySelector("[name=quietSeconds]").value);
      rule.hours = row.querySelector("[name=hours]").value.split(/[,，、]/u).map((h) => h.trim()).filter(Boolean);
      kept.push(rule);
    }
  }
  setup.rules = kept;
  return setup;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  error.hidden = true;
  const answer = await fetch(`/api/boxes/${form.dataset.box}/setup?after=${form.dataset.after}`, {
    method: "PUT",
    headers: { "Content-Type": "application/json", RequestVerificationToken: form.elements.__RequestVerificationToken.value },
    body: JSON.stringify(order()),
  }).catch(() => undefined);
  if (answer?.ok) {
    location.reload();
    return;
  }
  error.textContent = (await answer?.json().catch(() => undefined))?.detail ?? error.dataset.failed ?? `${answer?.status ?? ""}`;
  error.hidden = false;
});

// While the box decides, the page asks again; it stops once it is decided.
const undecided = ["waiting", "on-trial"];
if (undecided.includes(document.getElementById("setup-state").dataset.state)) setTimeout(() => location.reload(), 3000);
