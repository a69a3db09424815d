// Lets a browser be told although no page is open. What is pushed is empty; the worker asks the server for the words.
const form = document.querySelector("[data-push]");

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (c) => c.charCodeAt(0));
}

async function wish(endpoint, wanted) {
  const answer = await fetch("/push", {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      RequestVerificationToken: form.querySelector("[name=__RequestVerificationToken]").value,
    },
    body: JSON.stringify({ endpoint, wanted }),
  });
  if (!answer.ok) throw new Error(String(answer.status));
}

async function begin() {
  const [button, said] = [form.querySelector("button"), form.querySelector("[role=status]")];
  const worker = await navigator.serviceWorker.ready;
  let subscription = await worker.pushManager.getSubscription();
  const show = () => {
    button.textContent = subscription ? form.dataset.off : form.dataset.on;
    form.hidden = false;
  };
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      if (subscription) {
        await wish(subscription.endpoint, false);
        await subscription.unsubscribe();
        subscription = null;
      } else {
        subscription = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(form.dataset.push) });
        await wish(subscription.endpoint, true);
      }
      said.textContent = "";
    } catch {
      subscription = await worker.pushManager.getSubscription();
      said.textContent = form.dataset.denied;
    }
    button.disabled = false;
    show();
  });
  show();
}

if (form && "serviceWorker" in navigator && "PushManager" in window) begin();
