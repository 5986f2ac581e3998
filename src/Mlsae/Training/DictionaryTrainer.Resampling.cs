using Mlsae.Storage;

namespace Mlsae.Training;

public sealed partial class DictionaryTrainer
{
    /// <summary>
    /// Gives dead latents a new start where that is due. The losses are measured on the tokens that come next, which are trained on all the same.
    /// </summary>
    /// <returns>false where it was cancelled: nothing has then changed, and it is begun again when the training goes on</returns>
    private bool Resample(CancellationToken cancellation)
    {
        var due = _engines.Where(engine => !engine.IsDone).Select(engine => (Engine: engine, Resampler: engine.BeginResampling())).Where(r => r.Resampler is not null).ToList();
        if (due.Count == 0)
        {
            return true;
        }

        using var position = new TensorSet(_activations.SaveState(), "activations");
        int tokens, inputs = 0;
        do
        {
            tokens = _activations.Read(_buffer);
            inputs += tokens;
            var read = _buffer.RowWindow(0, tokens * _activations.LayerCount);
            due.ForEach(r => r.Resampler!.Add(read));
        }
        while (tokens > 0 && due.Any(r => !r.Resampler!.IsFull) && !cancellation.IsCancellationRequested);

        _activations.RestoreState(position);
        if (cancellation.IsCancellationRequested)
        {
            return false;
        }

        // At the end of the data no step follows in which a new latent could learn.
        if (inputs >= 2)
        {
            due.ForEach(r => r.Engine.Resampled += r.Resampler!.Finish());
        }

        return true;
    }
}
