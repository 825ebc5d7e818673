"""Cards in groups, as many beside each other as there is room for."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.panels.choose.card import Card
from lrsim.gui.panels.choose.offer import Group, Offer
from lrsim.gui.panels.sketches.supply import Supply

GAP = 8
MOVES = {
    Qt.Key.Key_Left: QPoint(-1, 0),
    Qt.Key.Key_Right: QPoint(1, 0),
    Qt.Key.Key_Up: QPoint(0, -1),
    Qt.Key.Key_Down: QPoint(0, 1),
}


class Shelf(QWidget):
    """The groups from top to bottom; arrow keys move between the cards that are shown.

    Signals
    -------
    typed(QKeyEvent)
        A key for whoever filters the cards.
    left_upwards()
        Up was pressed where nothing lies above.
    moved(QWidget)
        Another card has the keyboard.
    """

    typed = Signal(object)
    left_upwards = Signal()
    moved = Signal(object)

    def __init__(self, supply: Supply, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._supply = supply
        self._themes = themes
        self._groups: list[tuple[QLabel, list[Card]]] = []
        self._nothing = QLabel(self)
        self._nothing.setProperty("role", "muted")
        self._nothing.setWordWrap(True)
        self._nothing.hide()
        themes.changed.connect(self._set_theme)

    def _set_theme(self, theme: Theme) -> None:
        self._arrange()

    def offer(self, groups: Sequence[Group]) -> None:
        """Show other groups."""
        for title, cards in self._groups:
            for widget in (title, *cards):
                widget.hide()
                widget.deleteLater()
        self._groups = [(self._title(group.title), [self._card(offer) for offer in group.offers]) for group in groups]
        self.show_matching("")

    def _title(self, text: str) -> QLabel:
        title = QLabel(text, self)
        title.setProperty("role", "title")
        title.show()
        return title

    def _card(self, offer: Offer) -> Card:
        card = Card(offer, self._supply, self._themes, self)
        card.typed.connect(self._key)
        card.show()
        return card

    def cards(self) -> list[Card]:
        """Those that are shown, in reading order."""
        return [card for _, cards in self._groups for card in cards if not card.isHidden()]

    def show_matching(self, typed: str) -> None:
        """Show the cards that what is typed fits, and say so where there are none."""
        for title, cards in self._groups:
            for card in cards:
                card.setVisible(card.offer.matches(typed))
            title.setVisible(any(not card.isHidden() for card in cards))
        self._nothing.setText(self.tr('No experiment matches "{0}".').format(typed.strip()))
        self._nothing.setVisible(not self.cards())
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        width = self.width()
        y = 0
        for title, cards in self._groups:
            shown = [card for card in cards if not card.isHidden()]
            if not shown:
                continue
            hint = shown[0].sizeHint()
            columns = max(1, (width + GAP) // (hint.width() + GAP))
            card_width = (width - (columns - 1) * GAP) // columns
            height = title.sizeHint().height()
            title.setGeometry(0, y, width, height)
            y += height + GAP // 2
            for number, card in enumerate(shown):
                row, column = divmod(number, columns)
                card.setGeometry(
                    column * (card_width + GAP), y + row * (hint.height() + GAP), card_width, hint.height()
                )
            y += -(-len(shown) // columns) * (hint.height() + GAP) + GAP
        if not self._nothing.isHidden():
            self._nothing.setGeometry(0, 0, width, self._nothing.heightForWidth(width))
            y = self._nothing.height()
        self.setMinimumHeight(y)

    # --- the keyboard

    def focus_first(self) -> None:
        """Give the keyboard to the first card."""
        cards = self.cards()
        if cards:
            self._go(cards[0])

    def _go(self, card: Card) -> None:
        card.setFocus(Qt.FocusReason.TabFocusReason)
        self.moved.emit(card)

    def _key(self, event: QKeyEvent) -> None:
        at = self.focusWidget()
        move = MOVES.get(Qt.Key(event.key()))
        if move is None or not isinstance(at, Card):
            if event.key() == Qt.Key.Key_Home:
                self.focus_first()
            elif event.key() == Qt.Key.Key_End and self.cards():
                self._go(self.cards()[-1])
            else:
                self.typed.emit(event)
            return
        found = self._beside(at, move)
        if found is not None:
            self._go(found)
        elif move.y() < 0:
            self.left_upwards.emit()

    def _beside(self, at: Card, move: QPoint) -> Card | None:
        """The next card in a direction: within the row first, else the nearest of the next row."""
        cards = self.cards()
        if move.x():
            place = cards.index(at) + move.x()
            return cards[place] if 0 <= place < len(cards) else None
        rows = [card for card in cards if (card.y() - at.y()) * move.y() > 0]
        if not rows:
            return None
        y = min(rows, key=lambda card: abs(card.y() - at.y())).y()
        return min((card for card in rows if card.y() == y), key=lambda card: abs(_middle(card) - _middle(at)))


def _middle(card: Card) -> int:
    found: QRect = card.geometry()
    return found.center().x()
