// What an installed page shows without a network. Nothing of anybody's is kept here: only this notice.
const KEPT = "offline-2",
  NOTICE = ["/offline.html", "/offline.css", "/icon-192.png"];
self.addEventListener("install", (event) =>
  event.waitUntil(
    caches
      .open(KEPT)
      .then((cache) => cache.addAll(NOTICE))
      .then(() => self.skipWaiting()),
  ),
);
self.addEventListener("activate", (event) =>
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((n) => n !== KEPT).map((n) => caches.delete(n))))
      .then(() => self.clients.claim()),
  ),
);
self.addEventListener("fetch", (event) => {
  if (event.request.mode === "navigate") event.respondWith(fetch(event.request).catch(() => caches.match("/offline.html")));
  else if (NOTICE.includes(new URL(event.request.url).pathname))
    event.respondWith(fetch(event.request).catch(() => caches.match(event.request)));
});
// Somebody is told: the words come from the server, for who is signed in here.
self.addEventListener("push", (event) =>
  event.waitUntil(
    (async () => {
      const answer = await fetch("/push/news", { credentials: "same-origin", headers: { Accept: "application/json" } }).catch(() => null);
      const news = answer?.status === 200 ? await answer.json() : { tag: "news", title: "明厨亮灶 BrightKitchen", body: "", url: "/" };
      await self.registration.showNotification(news.title, { tag: news.tag, body: news.body, icon: "/icon-192.png", data: news.url });
    })(),
  ),
);
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow(event.notification.data ?? "/"));
});
