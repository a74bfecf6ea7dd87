// Shows what is pushed to this browser, and opens the page that a message is about.
self.addEventListener("push", (event) => {
  const { title, body, url, tag, lang } = event.data?.json() ?? {};
  if (!title) return;
  event.waitUntil(self.registration.showNotification(title, { body, tag, lang, data: { url } }));
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { url } = event.notification.data ?? {};
  if (url && new URL(url, self.location.href).origin === self.location.origin) event.waitUntil(self.clients.openWindow(url));
});
