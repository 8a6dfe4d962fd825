"""Voice to text: audio and video files of any kind written down, with the times of the words."""
