namespace Mlsae.Text.Microworlds.Writers;

/// <summary>Lines of a server's log: dates, levels, hexadecimal addresses.</summary>
internal static class LogWriter
{
    private static readonly (string Level, string[] Messages)[] Levels =
    [
        ("INFO", ["server started", "user logged in", "file saved", "cache loaded"]),
        ("WARN", ["disk almost full", "slow request", "retry"]),
        ("ERROR", ["file not found", "connection lost", "out of memory"]),
    ];

    public static void Write(DocumentBuilder builder)
    {
        string date = $"{builder.Between(2010, 2029)}-{builder.Between(1, 12):00}-{builder.Between(1, 28):00}";
        int hour = builder.Between(0, 23), lines = builder.Between(3, 5);
        using (builder.Within(Concepts.Log))
        {
            for (int i = 0; i < lines; i++)
            {
                builder.Write(i > 0 ? "\n" : "");
                Line(builder, date, hour, i * 10 + builder.Between(0, 9));
            }
        }
    }

    private static void Line(DocumentBuilder builder, string date, int hour, int minute)
    {
        var (level, messages) = builder.Pick(Levels);
        builder.Write(date, Concepts.IsoDate);
        builder.Write($" {hour:00}:{minute:00} ");
        builder.Write(level, Concepts.LogLevel);
        builder.Write($" {builder.Pick(messages)}");
        if (builder.Chance(40))
        {
            builder.Write(" at ");
            builder.Write($"0x{builder.Random.NextUInt32() & 0xFFFF:x4}", Concepts.Hexadecimal);
        }
    }
}
