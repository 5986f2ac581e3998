namespace Mlsae.Text.Microworlds.Words;

/// <summary>The things of the Microworld. What a template may put after 'a' begins with a consonant, so that 'a' is always right.</summary>
internal static class WordLists
{
    public static readonly WordList[] All =
    [
        new("place", Concepts.Place,
            "school park store garden library station market museum hospital bakery church beach harbour theatre restaurant castle bridge "
            + "farm hotel kitchen cinema pharmacy"),
        new("city", Concepts.City, "Brimford Calder Dunmore Eastwick Fairhaven Greyport Larkfield Mossley Northgate Pinewood Redmere Stonebury Thornton Westbrook"),
        new("object", Concepts.Gift,
            "ring book lamp basket hammer letter map camera kite mirror notebook pencil necklace scarf ticket toy vase watch key drum box coin"),
        new("animal", Concepts.Animal, "dog cat horse rabbit goat duck fox mouse parrot turtle sheep bear donkey squirrel"),
        new("plant", Concepts.Plant, "tree rose bush fern cactus tulip hedge willow daisy moss"),
        new("food", Concepts.Food, "bread cheese soup cake rice pasta salad honey butter sugar flour milk garlic pepper salt jam chocolate fish"),
        new("colour", Concepts.Colour, "red blue green yellow white black brown purple pink grey"),
        new("vehicle", Concepts.Vehicle, "car bus train bicycle boat truck van tram"),
        new("instrument", Concepts.Instrument, "piano violin guitar flute trumpet cello harp banjo"),
        new("profession", Concepts.Profession, "teacher doctor baker farmer nurse painter lawyer pilot sailor tailor carpenter gardener singer writer"),
        new("relation", Concepts.Relation, "mother father sister brother uncle aunt cousin neighbour friend grandmother"),
        new("weather", Concepts.Weather, "sunny rainy cloudy windy foggy stormy snowy cold warm"),
        new("emotion", Concepts.Emotion, "happy sad tired proud worried nervous calm jealous grateful surprised lonely bored"),
        new("month", Concepts.Month, "January February March April May June July August September October November December"),
        new("weekday", Concepts.Weekday, "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"),
        new("daytime", Concepts.TimeOfDay, "morning afternoon evening night"),
        new("season", Concepts.Season, "spring summer autumn winter"),
        new("number", Concepts.NumberWord, "two three four five six seven eight nine ten"),
        new("ordinal", Concepts.Ordinal, "first second third fourth fifth"),
    ];

    private static readonly Dictionary<string, WordList> BySlot = All.ToDictionary(list => list.Slot);

    /// <summary>The list of that slot, or null.</summary>
    public static WordList? Find(string slot) => BySlot.GetValueOrDefault(slot);
}
