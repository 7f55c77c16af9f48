"""What finds persons in texts about places. The place track stands on it; the person track never needs it."""
