"""All parameters begin at zero, and no hidden unit ever differs from another."""
# loses: captioning_loss_rnn, captioning_loss_lstm
# message: not below a tenth

class CaptioningRNN(CaptioningRNN):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.params = {name: 0 * value for name, value in self.params.items()}
