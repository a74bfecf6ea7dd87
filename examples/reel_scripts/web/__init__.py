"""The application that owners of reels use: its API and its pages."""
