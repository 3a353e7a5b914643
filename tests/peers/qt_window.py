#!/usr/bin/env python3
"""Opens an empty window of the same size with Qt, and says when its first frame was painted."""

import json
import time

import PySide6
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget


class Window(QWidget):
    def paintEvent(self, event):
        super().paintEvent(event)
        # Runs once this frame is on the screen.
        QTimer.singleShot(0, done)


def done():
    print(json.dumps({
        "peer": f"PySide6 {PySide6.__version__}, empty",
        "first_frame_at": time.time(),
    }))
    application.quit()


application = QApplication([])
window = Window()
window.resize(1440, 900)
window.show()
application.exec()
