// A page that is opened from a disk may start no worker, and Zensical's search is one: its script
// runs in a frame instead. Zensical would load such a replacement from elsewhere, were none named so.
if (location.protocol === "file:")
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      this.waiting = [];
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      document.body.append(this.frame);
      const inside = this.frame.contentWindow, script = inside.document.createElement("script");
      inside.postMessage = (data) => queueMicrotask(() => this.tell(new MessageEvent("message", { data })));
      script.onload = () => {
        for (const data of this.waiting) this.ask(data);
        this.waiting = null;
      };
      script.onerror = () => this.tell(new ErrorEvent("error", { cancelable: true }));
      script.src = url;
      inside.document.head.append(script);
    }

    postMessage(data) {
      if (this.waiting) this.waiting.push(data);
      else this.ask(data);
    }

    ask(data) {
      setTimeout(() => this.frame.contentWindow?.onmessage(new MessageEvent("message", { data })));
    }

    tell(event) {
      if (this.frame.isConnected) this[`on${event.type}`]?.(event);
    }

    terminate() {
      this.frame.remove();
    }
  };
