namespace Mlsae.Text.Microworlds.Writers;

/// <summary>Random bytes in base64 and random DNA. They cannot be foretold, so they are kept short and rare.</summary>
internal static class RandomDataWriter
{
    private static readonly string[] FileNames = ["photo.png", "key.pem", "data.bin", "note.txt"];

    public static void WriteBase64(DocumentBuilder builder)
    {
        var bytes = new byte[builder.Between(24, 60)];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)builder.Random.NextUInt32();
        }

        builder.Write($"Content-Name: {builder.Pick(FileNames)}\nContent-Encoding: base64\n\n");
        builder.Write(Convert.ToBase64String(bytes), Concepts.Base64);
    }

    public static void WriteDna(DocumentBuilder builder)
    {
        builder.Write($">gene {builder.Between(1, 99)} of the {builder.Pick(["mouse", "fox", "rose", "duck"])}\n");
        string dna = string.Create(builder.Between(40, 100), builder, (letters, source) =>
        {
            for (int i = 0; i < letters.Length; i++)
            {
                letters[i] = "ACGT"[source.Between(0, 3)];
            }
        });
        builder.Write(dna, Concepts.Dna);
    }
}
