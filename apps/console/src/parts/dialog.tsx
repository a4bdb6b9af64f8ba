import { useEffect, useId, useRef, type ReactNode } from 'react';

type DialogProps = Readonly<{
  title: ReactNode;
  onClose(): void;
  children: ReactNode;
  /** The page below must not be reached without an answer. */ firm?: boolean;
}>;

/** A native modal dialog: focus is kept inside and goes back by itself; Esc closes unless `firm`. */
export function Dialog({ title, onClose, children, firm = false }: DialogProps): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const element = dialog.current;
    if (element && !element.open) element.showModal();
    // The browser would take the first field; the one that has to be filled is marked.
    element?.querySelector<HTMLElement>('[data-first]')?.focus();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className="dialog"
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        if (!firm) onClose();
      }}
    >
      <div className="dialog-body">
        <h2 id={titleId}>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}
